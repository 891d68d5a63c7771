import { expect, test } from "bun:test";
import { takeOutQuotes } from "../../../src/agents/models/quotes.ts";

const SAID = `My card is 4711-0815, don't tell "Müller" at 5 pm`;
const json = (text: string) => JSON.stringify(text);
const FORMS: Record<string, string> = {
  "as it is": SAID,
  "in upper case": SAID.toUpperCase(),
  "as JSON": json(SAID),
  "as JSON within JSON within JSON": json(json(json(SAID))),
  "as JSON of ASCII alone": json(SAID).replace("ü", "\\u00fc"),
  "URL-encoded": encodeURIComponent(SAID),
  "URL-encoded twice, in upper case": encodeURIComponent(encodeURIComponent(SAID)).toUpperCase(),
  "as a form": new URLSearchParams({ q: SAID }).toString(),
  "as JSON, URL-encoded": encodeURIComponent(json(SAID)),
  "as bytes of Python": SAID.replace("ü", "\\xc3\\xbc"),
  "as HTML": SAID.replace(/["'ü]/g, (char) => `&#${char.charCodeAt(0)};`).replaceAll(" ", "&nbsp;"),
  "with other white space": SAID.replaceAll(" ", "\n  "),
};

for (const [how, quoted] of Object.entries(FORMS)) {
  test(`what a server quotes ${how} is taken out of its error, and the rest stays`, () => {
    const error = new Error(`400 messages[0]: ${quoted} is not allowed`);
    takeOutQuotes(error, { messages: [{ role: "user", content: SAID }] });
    expect(error.message).toMatch(/^400 messages\[0\]: .*….* is not allowed$/);
    for (const text of [error.message, error.stack!]) expect(text).not.toMatch(/card|4711|0815|tell|M.*ller|pm/i);
  });
}

test("the beginning of a long text is taken out, a short text whole, and a file's data and name", () => {
  const error = new Error("400 got 'Once upon a time there was a k', 'PIN 1234', 'data:image/png;base64,iVBORw0KGgo' and 'Müllers Lohn.pdf'");
  takeOutQuotes(error, {
    input: [
      { role: "user", content: [{ type: "input_text", text: "Once upon a time there was a king in Thule" }] },
      { role: "user", content: [{ type: "input_text", text: "pin 1234" }] },
      { role: "user", content: [{ type: "input_image", image_url: `data:image/png;base64,iVBORw0KGgo${"Q".repeat(999_999)}` }] },
      { role: "user", content: [{ type: "input_file", filename: "Müllers Lohn.pdf" }] },
    ],
  });
  expect(error.message).toBe("400 got '…', '…', '…' and '…'");
});

test("what a server quotes where names belong is taken out as well; a name stays", () => {
  const error = Object.assign(new Error("400 bad"), { code: SAID, param: `messages.${SAID}`, type: "invalid_request_error" });
  takeOutQuotes(error, { messages: [{ role: "user", content: SAID }] });
  expect(error).toMatchObject({ message: "400 bad", code: "…", param: "messages.…", type: "invalid_request_error" });
});

test("an error that quotes nothing stays as it is", () => {
  const error = new Error("400 This model's maximum context length is 8192 tokens");
  takeOutQuotes(error, { messages: [{ role: "user", content: "What is the length of the Nile, and what of its model?" }] });
  expect(error.message).toBe("400 This model's maximum context length is 8192 tokens");
});

for (const unit of ["a", "=", "\\", "%25", "&amp;", "\\x"]) {
  test(`a long row of ${unit} that a server quotes does not hold the process`, () => {
    const [error, began] = [new Error(unit.repeat(8000)), performance.now()];
    takeOutQuotes(error, { messages: [{ role: "user", content: unit.repeat(200_000) }] });
    // It was minutes; a quiet machine needs 50 ms.
    expect(performance.now() - began).toBeLessThan(5000);
  });
}
