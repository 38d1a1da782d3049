import type { FileDirectory } from '../src/platform/files.ts';
import type { OnWarning } from '../src/platform/warnings.ts';
import { QuickGeluNameError } from './errors.ts';
import type { ImageTowerConfig } from './tower-config.ts';

/** Weights that open_clip lists with QuickGELU alone; nothing in the tensors tells. */
const TRAINED_WITH = /(?:^|[^a-z])(?:openai|metaclip|quickgelu|dfn[25]b)(?![a-z0-9])(?!.*39b)/i;

/** Warns where open_clip's own ViT is computed with another activation than its name says. */
export function warnOfQuickGelu(
  { name }: Pick<FileDirectory, 'name'>,
  image: ImageTowerConfig,
  onWarning: OnWarning,
): void {
  if (image.kind !== 'open_clip' || image.activation === 'quickGelu') return;
  const [path = ''] = name.split('?');
  const last = path.split(/[\\/]/).filter(Boolean).slice(-2).join('/'); // a file and its folder, or owner and name
  if (TRAINED_WITH.test(last)) onWarning(new QuickGeluNameError(name));
}
