/**
 * A lane asks for an early pane each time that it has taken in so many events more, and a pane is shown where at least so many
 * wait: then fewer than `count` ever do, in all lanes together, once whoever is asked has come.
 * @param count of the window's `early`
 */
export function askAfter(count: number, lanes: number): number {
  return Math.ceil(count / (2 * lanes));
}
