/** For a page that is nothing but chat. In the script, so that the page needs no second request before it shows something. */
export function fillPage(): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    html, body { block-size: 100%; margin: 0; }
    body { display: flex; overflow: hidden; }
    openai-chatkit { flex: 1; min-inline-size: 0; block-size: 100dvh; }
  `);
  document.adoptedStyleSheets.push(sheet);
}
