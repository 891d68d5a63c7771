import { readRecipes } from "./read-recipes.ts" with { type: "macro" };
import type { Recipe } from "./read-recipes.ts";

export type { Recipe };

/** Inside the program, which has no folder of recipes beside it. */
export const RECIPES: readonly Recipe[] = readRecipes();
