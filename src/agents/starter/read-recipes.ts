import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** An example that is served as it stands. */
export type Recipe = {
  /** What `init --recipe` is told: its file's name without the ending. */
  name: string;
  /** What it shows, in a few words. */
  title: string;
  /** What there is to know before one reads the code. */
  about: string;
  /** Serves it, from the folder that it lies in. */
  command: string;
  /** File name → text: its own file first, then what that one imports from beside it. */
  files: Record<string, string>;
};

const FOLDER = join(import.meta.dir, "recipes");
/** A recipe begins with comment lines: its title, what there is to know, and the command. */
const HEAD = /^(?:(?:\/\/|#) .+\n)+/;
const IMPORTED = /\bfrom "\.\/([^"]+)"/g;

/**
 * The recipes by name, out of the files in `recipes/`. A file there that another one imports is no recipe of its own.
 * Import it as a macro: then the build, or Bun when it runs from sources, puts the outcome in the place of the call.
 * @throws Error for a file without the comment lines.
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
