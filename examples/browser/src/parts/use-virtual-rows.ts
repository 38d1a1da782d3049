import { useSignal } from '@preact/signals';
import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';

/** Rows beyond either edge that are drawn too, so that none is missing while the list scrolls. */
const OVERSCAN = 8;

/**
 * The few of many rows of one height that are in sight, in the element of the returned ref.
 * @param height of a row, in pixels
 */
export function useVirtualRows(count: number, height: number) {
  const parent = useRef<HTMLDivElement>(null);
  const changes = useSignal(0);
  const options = {
    count,
    getScrollElement: () => parent.current,
    estimateSize: () => height,
    overscan: OVERSCAN,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: () => {
      changes.value = changes.peek() + 1;
    },
  };
  const held = useRef<Virtualizer<HTMLDivElement, Element> | undefined>(undefined);
  held.current ??= new Virtualizer<HTMLDivElement, Element>(options);
  const virtualizer = held.current;
  virtualizer.setOptions(options);
  useEffect(() => virtualizer._didMount(), [virtualizer]);
  useLayoutEffect(() => virtualizer._willUpdate());
  useLayoutEffect(() => virtualizer.measure(), [virtualizer, height]);
  void changes.value;
  return { parent, items: virtualizer.getVirtualItems(), total: virtualizer.getTotalSize(), virtualizer };
}
