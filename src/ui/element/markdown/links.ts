/** What a link may open: pages, a mail, a call, and what the page itself has agreed to handle (`chatkit-link:`). */
const SCHEMES = new Set(["http:", "https:", "mailto:", "tel:", "chatkit-link:"]);
const INLINE_IMAGE = /^(data:image\/[a-z.+-]+[;,]|blob:)/i;

/** The address that a link opens, or undefined where there is to be no link. `base` is what relative ones are relative to. */
export function linkTarget(href: string, base: string = document.baseURI): string | undefined {
  const url = parsed(href, base);
  // An address such as `https://bank.example@elsewhere.example/` is made to be misread.
  if (!url || !SCHEMES.has(url.protocol) || url.username !== "" || url.password !== "") return undefined;
  return url.href;
}

/**
 * The address that an image is fetched from without anybody's click, or undefined where it is not to be fetched: a request to a remote host
 * could tell it what the conversation says. `domains` are host names as they are, or `*.example.com` for all below that one.
 */
export function imageSource(src: string, domains: readonly string[] = []): string | undefined {
  if (INLINE_IMAGE.test(src)) return src;
  const url = parsed(src);
  if (!url || (url.protocol !== "https:" && url.protocol !== "http:") || url.username !== "" || url.password !== "") return undefined;
  return domains.some((domain) => isOf(url, domain.trim().toLowerCase())) ? url.href : undefined;
}

function isOf(url: URL, domain: string): boolean {
  if (domain.startsWith("*.")) return /^\*\.[^.*].*\.[^.*]/.test(domain) && url.hostname.endsWith(domain.slice(1));
  return domain !== "" && (domain === url.host || domain === url.hostname);
}

function parsed(address: string, base?: string): URL | undefined {
  return URL.parse(address, base) ?? undefined;
}
