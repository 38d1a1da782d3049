import { batch, computed, untracked } from '@preact/signals';
import type { Codec } from './url-codecs.ts';

/** What can be bound to a key of a link: a signal, or something that looks like one. */
export interface Bindable<T> {
  value: T;
}

interface Binding {
  readonly key: string;
  /** Undefined for what needs no word: it is as a fresh page has it, or cannot be written. */
  write(): string | undefined;
  /** As on a fresh page. */
  reset(): void;
  /** Whether the text says something. */
  read(text: string): boolean;
}

/** Says which pairs a link is of. */
const SET = 'set';

const bindings: Binding[] = [];

/** Has links say the value under a short key. What it is now, on a fresh page, is not written. */
export function inUrl<T>(key: string, to: Bindable<T>, { read, write }: Codec<T>): void {
  const initial = untracked(() => to.value);
  const usual = write(initial);
  bindings.push({
    key,
    reset: () => {
      if (write(to.value) !== usual) to.value = initial;
    },
    write: () => {
      const text = write(to.value);
      return text === usual ? undefined : text;
    },
    read: (text) => {
      const value = read(text);
      if (value !== undefined) to.value = value;
      return value !== undefined;
    },
  });
}

/** How the page is looked at, as links say it: without the pairs. */
export const viewText = computed(() => {
  const said = bindings.flatMap(({ key, write }) => {
    const text = write();
    return text === undefined || text === '' ? [] : [[key, text]];
  });
  return new URLSearchParams(said).toString();
});

/**
 * Has the page looked at so, and else as a fresh one. Gives what says nothing here, which changes nothing.
 * @param keepsOthers whether what the text does not say stays as people chose it
 */
export function applyView(text: string, keepsOthers = false): string[] {
  const refused: string[] = [];
  batch(() => {
    const said = new URLSearchParams(text);
    for (const { key, reset } of bindings) if (!keepsOthers && !said.has(key)) reset();
    for (const [key, value] of said) {
      if (key === SET) continue;
      const binding = bindings.find((bound) => bound.key === key);
      if (!binding?.read(value)) refused.push(excerpt(`${key}=${value}`));
    }
  });
  return refused;
}

/** @param set which pairs it is of */
export function linkText(set: string, view: string): string {
  return view === '' ? `#${SET}=${set}` : `#${SET}=${set}&${view}`;
}

/** Which pairs a link is of, if it says so. */
export function setOf(link: string): string | undefined {
  return new URLSearchParams(link).get(SET) ?? undefined;
}

function excerpt(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
