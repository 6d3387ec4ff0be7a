/** Shown while there is no page yet. It comes again by itself, without a script. */
export function waitingPage(failure: string | undefined): string {
  const [title, says] = failure
    ? [
        'The console could not be built',
        `<pre>${escaped(failure)}</pre><p>It is tried again in a moment.</p>`,
      ]
    : [
        'The console is being built',
        '<p>This happens once after an installation or an upgrade, and takes some seconds.</p>',
      ];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="${failure ? 10 : 1}">
<title>Millrace</title>
<main role="status"><h1>${title}</h1>${says}</main>
</html>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, char => `&#${char.charCodeAt(0)};`);
}
