import { signal } from '@preact/signals';

const query = matchMedia('(prefers-color-scheme: dark)');

/** Whether the system wants dark colours. Style sheets ask it themselves; this is for what is drawn. */
export const dark = signal(query.matches);

query.addEventListener('change', ({ matches }) => {
  dark.value = matches;
});
