import createParser, { type Env, type MarkdownIt, type Token } from "markdown-it";
import { addMath } from "./math-rules.ts";

/** A block, or something in a line, with what is inside of it and the token that ends it. */
export type Node = { type: string; token: Token; children: Node[]; closing?: Token };
/** A block that stands by itself, with the text that it was made of: as long as that stays, what is shown of it stays. */
type Block = { source: string; node: Node };
/** What the parts of one text share: the targets of links, and the headings so far, each by the part that it is after. */
export type Shared = Env & { headings?: Headings[]; spentMs?: number };
type Headings = { topDepth?: number; level?: number };

/** In characters. What a line says is read in quadratic time at worst, so a longer one is shown as it stands. */
const LONGEST_LINE = 8192;
/** Under the heading of the message, which is under that of the thread, which is under the page's own. */
const TOP_LEVEL = 4;
const TASK = /^\[([ xX])\]\s+/;

const parser = newParser();

/** The blocks of the part with that index; whatever the text, there are some. */
export function parseBlocks(source: string, index: number, shared: Shared): Block[] {
  const lines = source.split("\n");
  const nodes = nested(parser.parse(source, shared));
  const headings = { ...shared.headings?.[index] };
  for (const node of nodes) annotate(node, headings);
  (shared.headings ??= [])[index + 1] = headings;
  return joinedMarkup(nodes).map((node) => ({ node, source: node.token.map ? lines.slice(...node.token.map).join("\n") : "" }));
}

/** HTML of tokens, the markup of the text as it stands in it: for whoever sanitises it. */
export function htmlOf(tokens: Token[]): string {
  return parser.renderer.render(tokens, parser.options, {});
}

function newParser(): MarkdownIt {
  const made = createParser({ html: true, linkify: true });
  // Without a scheme, `readme.md` would be a site in Moldova.
  made.linkify.set({ fuzzyLink: false, fuzzyEmail: false });
  addMath(made);
  const parse = made.inline.parse.bind(made.inline);
  made.inline.parse = (source, md, env, into) => {
    if (source.length <= LONGEST_LINE) return parse(source, md, env, into);
    const text = new made.core.State("", md, env).Token;
    into.push(Object.assign(new text("text", "", 0), { content: source }));
  };
  made.renderer.rules["math_inline"] = made.renderer.rules["math_block"] = (tokens, at) => `<code>${made.utils.escapeHtml(tokens[at]!.content)}</code>`;
  return made;
}

/** The flat list of tokens, in which some open and some close, as a tree. */
function nested(tokens: readonly Token[]): Node[] {
  const root: Node[] = [];
  const open: Node[] = [];
  for (const token of tokens) {
    if (token.nesting < 0) Object.assign(open.pop() ?? {}, { closing: token });
    else {
      const node: Node = { type: token.type.replace(/_open$/, ""), token, children: token.children ? nested(token.children) : [] };
      (open.at(-1)?.children ?? root).push(node);
      if (token.nesting > 0) open.push(node);
    }
  }
  return root;
}

/** Tells each heading its level and each item of a list of tasks whether it is done. */
function annotate(node: Node, headings: Headings): void {
  if (node.type === "heading") node.token.meta = { level: levelOf(node, headings) };
  if (node.type === "list_item") markTask(node);
  for (const child of node.children) if (child.token.block) annotate(child, headings);
}

/** Headings begin below the page's own and skip no level on their way down, so that who hears them is not lost. */
function levelOf({ token }: Node, headings: Headings): number {
  const depth = Number(token.tag.slice(1));
  headings.topDepth ??= depth;
  const wanted = TOP_LEVEL + Math.max(0, depth - headings.topDepth);
  return (headings.level = Math.min(wanted, (headings.level ?? TOP_LEVEL) + 1, 6));
}

function markTask(item: Node): void {
  const paragraph = item.children[0];
  const text = paragraph?.type === "paragraph" ? paragraph.children[0]?.children[0] : undefined;
  const mark = text?.type === "text" ? TASK.exec(text.token.content) : null;
  if (!text || !mark) return;
  text.token.content = text.token.content.slice(mark[0].length);
  item.token.meta = { task: mark[1] === " " ? "open" : "done" };
}

/** Blocks between a tag that opens and the one that closes it become one: sanitised one by one, each would be closed at its own end. */
function joinedMarkup(nodes: Node[]): Node[] {
  const joined: Node[] = [];
  let depth = 0;
  for (const node of nodes) {
    const last = joined.at(-1);
    if (depth > 0 && last?.type === "html_block") {
      last.children.push(node);
      if (node.token.map && last.token.map) last.token.map = [last.token.map[0], node.token.map[1]];
    } else joined.push(node);
    if (node.type === "html_block") depth = Math.max(0, depth + openTags(node.token.content));
  }
  return joined;
}

function openTags(html: string): number {
  const opened = html.match(/<(details|div|table|section|center|blockquote|ul|ol|p)\b[^>]*>/gi)?.length ?? 0;
  const closed = html.match(/<\/(details|div|table|section|center|blockquote|ul|ol|p)\s*>/gi)?.length ?? 0;
  return opened - closed;
}
