import { computed } from '@preact/signals';
import { Session } from '../session/session.ts';

/** What this page has open. */
export const session = new Session();

export const isDefaultModel = () => session.model.value?.source.kind === 'embedded';

/** For headings and files; undefined while everything is as the model embedded it. */
export const shownName = computed(() => {
  const how = session.shown.value;
  if (how.kind === 'raw') return undefined;
  if (how.kind === 'kept') return how.name;
  return `means ${how.means.toFixed(2)}, shapes ${how.shapes.toFixed(2)}`;
});
