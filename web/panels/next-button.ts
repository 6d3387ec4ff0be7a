const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };

/** The arrow keys go from one button of a list to the next. */
export function nextButton(event: KeyboardEvent): void {
  const step = STEPS[event.key];
  const from = event.target;
  if (step === undefined || !(from instanceof HTMLButtonElement)) return;
  if (focusFrom(from, step)) event.preventDefault();
}

/** For a button that is about to go: the keyboard stays in the list. */
export function leaveButton(button: HTMLButtonElement): void {
  if (document.activeElement === button && !focusFrom(button, 1)) focusFrom(button, -1);
}

function focusFrom(button: HTMLButtonElement, step: number): boolean {
  const buttons = [...(button.closest('ul')?.querySelectorAll('button') ?? [])];
  const next = buttons[buttons.indexOf(button) + step];
  next?.focus();
  return next !== undefined;
}
