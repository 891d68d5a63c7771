/** Stands in for the package of that name, whose table is larger than all else that a first text needs: the browser has one itself. */

const ONE = /^&[a-z][a-z\d]*;$/i;
/** In UTF-16 units. A longer result is a reference without its semicolon, as in `&ampx;`, and text behind it. */
const LONGEST = 2;
const known = new Map<string, string>();
const policy = newPolicy();

/** A single named character reference, such as `&nbsp;`, decoded; any other text as it is. */
export function decodeHTMLStrict(reference: string): string {
  const decoded = known.get(reference) ?? (ONE.test(reference) ? parsed(reference) : reference);
  if (decoded === reference || decoded.length > LONGEST) return reference;
  known.set(reference, decoded);
  return decoded;
}

function parsed(reference: string): string {
  const field = document.createElement("textarea");
  try {
    field.innerHTML = policy?.createHTML(reference) ?? reference;
  } catch {
    // The page lets nobody but its own policies parse text. There the reference is shown as it was written.
    return reference;
  }
  return field.textContent;
}

/** For pages that require Trusted Types. What it lets pass is one name between `&` and `;`. */
function newPolicy(): { createHTML(text: string): string } | undefined {
  type Policies = { createPolicy(name: string, rules: { createHTML(text: string): string }): { createHTML(text: string): string } };
  try {
    return (globalThis as { trustedTypes?: Policies }).trustedTypes?.createPolicy("chatkit", { createHTML: (text) => text });
  } catch {
    return undefined;
  }
}
