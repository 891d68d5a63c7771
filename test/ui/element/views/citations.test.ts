import { expect, test } from "bun:test";
import type { Annotation } from "../../../../src/protocol/sources.ts";
import { markedSource, sourcesOf, withMarks } from "../../../../src/ui/element/views/citations.ts";

const url = (address: string, index?: number): Annotation => ({ type: "annotation", source: { type: "url", title: address, url: address }, index });
const entity = (title: string, index: number): Annotation => ({ type: "annotation", source: { type: "entity", title, id: title, interactive: true, data: {} }, index });
const hrefOf = (n: number) => `chatkit-link://chatkit-source?n=${n}`;

test("a text has a mark at each place that rests on something, each source with one number", () => {
  const annotations = [url("https://a.example", 3), url("https://b.example", 7), url("https://a.example", 7)];
  const sources = sourcesOf(annotations);
  expect(sources).toHaveLength(2);
  expect(withMarks("one two", annotations, sources)).toBe(`one[1](${hrefOf(1)}) two[1](${hrefOf(1)})[2](${hrefOf(2)})`);
  expect(markedSource(hrefOf(2), sources)).toMatchObject({ url: "https://b.example" });
});

test("a mark stands behind the word that it is in, and behind what makes it bold", () => {
  const annotations = [url("https://a.example", 4)];
  expect(withMarks("a **bold** word", annotations, sourcesOf(annotations))).toBe(`a **bold**[1](${hrefOf(1)}) word`);
});

test("an entity's mark has its name, whatever characters that has", () => {
  const annotations = [entity("A [b] *c*", 2)];
  expect(withMarks("Hi", annotations, sourcesOf(annotations))).toBe(`Hi[A \\[b\\] \\*c\\*](${hrefOf(1)})`);
});

test("there is no mark without a place, behind the end, or in code", () => {
  const text = "a `x yz` b\n```\nfenced\n```\n";
  const annotations = [url("https://a.example"), url("https://b.example", 999), url("https://c.example", 4), url("https://d.example", 18)];
  expect(withMarks(text, annotations, sourcesOf(annotations))).toBe(text);
});

test("no other link leads to a source", () => {
  const sources = sourcesOf([url("https://a.example", 1)]);
  for (const href of ["https://a.example", "chatkit-link://chatkit-source?n=2", "chatkit-link://chatkit-source?n=x", "chatkit-link://other?n=1"]) expect(markedSource(href, sources)).toBeUndefined();
});
