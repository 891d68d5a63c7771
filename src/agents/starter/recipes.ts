import { readRecipes } from "./read-recipes.ts" with { type: "macro" };
import type { Recipe } from "./read-recipes.ts";

export type { Recipe };

/** All recipes. They are part of the program, since there is no such folder beside the executable. */
export const RECIPES: readonly Recipe[] = readRecipes();
