import type { ComponentChildren, JSX } from 'preact';

interface ListProps {
  readonly label: string;
  readonly children: ComponentChildren;
  /** Somebody points at it, or has gone into it with the keyboard. */
  readonly onEnter?: () => void;
  readonly onLeave?: () => void;
  readonly onKeyDown?: (event: KeyboardEvent) => void;
}

/** Rows that scroll. */
export function List({ label, children, onEnter, onLeave, onKeyDown }: ListProps): JSX.Element {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for what is filled in
    <div
      class="scroll"
      role="group"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard too has to reach what scrolls
      tabIndex={0}
      onMouseEnter={onEnter}
      onMouseLeave={onLeave}
      onFocusCapture={onEnter}
      onBlurCapture={onLeave}
      onKeyDown={onKeyDown}
    >
      <ul class="rows">{children}</ul>
    </div>
  );
}
