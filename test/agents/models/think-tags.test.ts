import { describe, expect, test } from "bun:test";
import { ThinkTags, type Said } from "../../../src/agents/models/think-tags.ts";

/** What is left of a message, from pieces. */
function told(pieces: string[]) {
  const tags = new ThinkTags();
  const left = { text: "", thought: "" };
  const add = (said: Said[]) => {
    for (const piece of said) {
      if ("text" in piece) left.text += piece.text;
      else if ("thought" in piece) left.thought += piece.thought;
      else Object.assign(left, { text: "", thought: left.thought + piece.withdrawn });
    }
  };
  for (const piece of pieces) {
    if (tags.takesPlain(piece)) left.text += piece;
    else add(tags.take(piece));
  }
  add(tags.end());
  return left;
}

const MESSAGES: [message: string, text: string, thought?: string][] = [
  ["<think>\nThe user greets.\n</think>\n\nHello!", "Hello!", "The user greets."],
  ["<thinking>a b</thinking>Hello", "Hello", "a b"],
  ["<think>\n\n</think>\n\nHi", "Hi"],
  ["<think>never closed", "", "never closed"],
  ["<think>a</think>Hello <think>b</think>", "Hello <think>b</think>", "a"],
  ["Okay.\n</think>\n\nHello!", "Hello!", "Okay."],
  ["They greet.</think>Hello", "Hello", "They greet."],
  ['They said "hi"\n</think>\n"Hello"', '"Hello"', 'They said "hi"'],
  ['Write "</think>" at its end.', 'Write "</think>" at its end.'],
  ["</think>\n\nHello", "Hello"],
  ["Let me <b>see</b>\n</think>\nYes", "Yes", "Let me <b>see</b>"],
  ["Use `</think>` to close it. a < b", "Use `</think>` to close it. a < b"],
  ["The tag </think> closes it.", "The tag </think> closes it."],
  ["In HTML: <think>x</think> done", "In HTML: <think>x</think> done"],
  ["```\nfoo\n</think>\n```\nbar", "```\nfoo\n</think>\n```\nbar"],
  ["<thi", "<thi"],
  ["a<b and c</", "a<b and c</"],
  ["<p>hello</p>", "<p>hello</p>"],
  ["\n\n    code", "    code"],
  ["  \n\n", ""],
];

describe("thoughts in a message are told from its text, however it is cut", () => {
  for (const [message, text, thought = ""] of MESSAGES) {
    test(JSON.stringify(message), () => {
      expect(told([message])).toEqual({ text, thought });
      expect(told([...message])).toEqual({ text, thought });
      for (let cut = 1; cut < message.length; cut++) {
        expect(told([message.slice(0, cut), message.slice(cut)])).toEqual({ text, thought });
      }
    });
  }
});
