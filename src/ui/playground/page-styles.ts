/** For a page that is nothing but chat. In the script, so that the page needs no second request before it shows something. */
export function fillPage(): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    html, body { block-size: 100%; margin: 0; }
    body { overflow: hidden; }
    main, body > openai-chatkit { display: flex; block-size: 100dvh; }
    main > openai-chatkit { flex: 1; min-inline-size: 0; }
    chatkit-developer-panel { inline-size: min(30rem, 45vw); }
    chatkit-developer-panel[hidden] { display: none; }
    @media (width < 50rem) { chatkit-developer-panel { position: fixed; z-index: 1; inset: 3.25rem 0 0; inline-size: auto; } }
  `);
  document.adoptedStyleSheets.push(sheet);
}
