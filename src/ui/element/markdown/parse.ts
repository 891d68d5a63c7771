import createParser, { type Env, type MarkdownIt, type Token } from "markdown-it";
import { addMath } from "./math-rules.ts";

/** A block or inline element: its opening token, its children, and its closing token. */
export type Node = { type: string; token: Token; children: Node[]; closing?: Token };
/** A top-level block with its source. While the source stays the same, the block is not rendered again. */
type Block = { source: string; node: Node };
/**
 * What the parts of one text share: its link definitions, the state of its headings before each part (by index), and the time spent on
 * parsing, in ms.
 */
export type Shared = Env & { headings?: Headings[]; spentMs?: number };
type Headings = { topDepth?: number; level?: number };

/** In characters. Parsing a line takes quadratic time at worst, so a longer one is shown unparsed. */
const LONGEST_LINE = 8192;
/** The level of the highest heading in a text: above it are those of the page, of the thread and of the message. */
const TOP_LEVEL = 4;
const TASK = /^\[([ xX])\]\s+/;

const parser = newParser();

/** The top-level blocks of the part with that index. */
export function parseBlocks(source: string, index: number, shared: Shared): Block[] {
  const lines = source.split("\n");
  const nodes = nested(parser.parse(source, shared));
  const headings = { ...shared.headings?.[index] };
  for (const node of nodes) annotate(node, headings);
  (shared.headings ??= [])[index + 1] = headings;
  return joinedMarkup(nodes).map((node) => ({ node, source: node.token.map ? lines.slice(...node.token.map).join("\n") : "" }));
}

/** The tokens as HTML, with the text's own markup in it unchanged: it has to be sanitised. */
export function htmlOf(tokens: Token[]): string {
  return parser.renderer.render(tokens, parser.options, {});
}

function newParser(): MarkdownIt {
  const made = createParser({ html: true, linkify: true });
  // Otherwise `readme.md` would become a link to a site in Moldova.
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

/** The parser's flat list of opening and closing tokens as a tree. */
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

/** Gives each heading its level, and each item of a task list whether it is done. */
function annotate(node: Node, headings: Headings): void {
  if (node.type === "heading") node.token.meta = { level: levelOf(node, headings) };
  if (node.type === "list_item") markTask(node);
  for (const child of node.children) if (child.token.block) annotate(child, headings);
}

/** Headings begin below those of the page and skip no level downwards, so that users of screen readers can find their way. */
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

/**
 * Joins the blocks between an opening HTML tag and its closing one. Sanitised one by one, the tag would be closed at the end of the first.
 */
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
