import { expect, test } from "bun:test";
import { readLocales } from "../../../src/ui/element/locale/read-locales.ts";

const { en, ...others } = readLocales();
const gapsOf = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

test("the languages most used on the web, and one that is written from right to left, are there", () => {
  expect(Object.keys(others).sort()).toEqual(["ar", "de", "es", "fr", "it", "ja", "nl", "pl", "pt", "ru", "tr", "zh"]);
});

test.each(Object.keys(others))("every text is there in %s, with the same gaps", (tag) => {
  const texts = others[tag]!;
  expect(Object.keys(texts)).toEqual(Object.keys(en!));
  for (const [key, text] of Object.entries(texts)) expect(gapsOf(text), key).toEqual(gapsOf(en![key]!));
});
