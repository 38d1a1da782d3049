import type { ComponentChildren } from 'preact';

interface PanelProps {
  readonly id: string;
  readonly title: string;
  /** A sentence under the title. */
  readonly hint?: ComponentChildren;
  /** At the right of the title. */
  readonly tools?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** One part of the page, with a heading that it is known by. */
export function Panel({ id, title, hint, tools, children }: PanelProps) {
  return (
    <section class={`panel panel-${id}`} aria-labelledby={`${id}-title`}>
      <div class="panel-head">
        <h2 id={`${id}-title`}>{title}</h2>
        {tools && <div class="tools">{tools}</div>}
      </div>
      {hint && <p class="hint">{hint}</p>}
      {children}
    </section>
  );
}
