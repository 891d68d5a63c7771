/** Lays out the chat and the panel, which fill the page. Styles that are needed before the script has run are in the page's HTML. */
export function fillPage(): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    main > openai-chatkit { flex: 1; min-inline-size: 0; }
    chatkit-developer-panel { inline-size: min(30rem, 45vw); }
    chatkit-developer-panel[hidden] { display: none; }
    @media (width < 50rem) { chatkit-developer-panel { position: fixed; z-index: 1; inset: 3.25rem 0 0; inline-size: auto; } }
  `);
  document.adoptedStyleSheets.push(sheet);
}
