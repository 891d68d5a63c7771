import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** An example that can be served as it is. */
export type Recipe = {
  /** The name for `init --recipe`: that of its file without the ending. */
  name: string;
  /** What it shows, in a few words. */
  title: string;
  /** What to know before reading the code. */
  about: string;
  /** The command that serves it, to be run in its folder. */
  command: string;
  /** File name → text: first its own file, then the files beside it that it imports. */
  files: Record<string, string>;
};

const FOLDER = join(import.meta.dir, "recipes");
/** The comment lines that a recipe begins with: its title, what to know, and the command. */
const HEAD = /^(?:(?:\/\/|#) .+\n)+/;
const IMPORTED = /\bfrom "\.\/([^"]+)"/g;

/**
 * Reads the recipes in `recipes/`, in order of their names. A file that another one imports is not a recipe itself. Import this as a
 * macro: then the call is replaced by its result, by the build or, when the program runs from sources, by Bun.
 * @throws Error for a file without the comment lines
 */
export function readRecipes(): Recipe[] {
  const texts = new Map(readdirSync(FOLDER).map((file) => [file, readFileSync(join(FOLDER, file), "utf8")]));
  const imported = new Set([...texts.values()].flatMap(importsOf));
  const own = [...texts].filter(([file]) => !imported.has(file));
  const recipes = own.map(([file, text]) => {
    const files = [file, ...importsOf(text)];
    return { name: file.replace(/\.\w+$/, ""), ...headOf(file, text), files: Object.fromEntries(files.map((one) => [one, texts.get(one)!])) };
  });
  return recipes.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function importsOf(text: string): string[] {
  return [...text.matchAll(IMPORTED)].map(([, file]) => file!);
}

function headOf(file: string, text: string): Pick<Recipe, "title" | "about" | "command"> {
  const lines = HEAD.exec(text)?.[0].trimEnd().split("\n") ?? [];
  const [title, ...rest] = lines.map((line) => line.replace(/^\S+ /, ""));
  const command = rest.pop();
  if (title === undefined || command === undefined) throw new Error(`${file}: a recipe begins with its title, what it does and its command`);
  return { title, about: rest.join(" "), command };
}
