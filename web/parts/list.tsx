import type { ComponentChildren, JSX } from 'preact';

interface ListProps {
  readonly label: string;
  readonly children: ComponentChildren;
  /** Somebody points at it, or has gone into it with the keyboard. */
  readonly onEnter?: () => void;
  readonly onLeave?: () => void;
  readonly onKeyDown?: (event: KeyboardEvent) => void;
}

/** Rows that scroll. The keyboard reaches them too, since they may hold nothing else to go to. */
export function List({ label, children, onEnter, onLeave, onKeyDown }: ListProps): JSX.Element {
  return (
    <div
      class="scroll"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard (axe: scrollable-region-focusable)
      tabIndex={0}
      onMouseEnter={onEnter}
      onMouseLeave={onLeave}
      onFocusCapture={onEnter}
      onBlurCapture={onLeave}
      onKeyDown={onKeyDown}
    >
      <ul class="rows" aria-label={label}>
        {children}
      </ul>
    </div>
  );
}
