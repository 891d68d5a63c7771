import { describe, expect, test } from "bun:test";
import type { AgentInputItem } from "@openai/agents";
import { newestInput, textPart, userInput } from "../../../src/agents/input/input-items.ts";

const call = (callId: string): AgentInputItem => ({ type: "function_call", callId, name: "f", arguments: "{}" });
const output = (callId: string): AgentInputItem => ({ type: "function_call_result", callId, name: "f", status: "completed", output: "1" });
const said = userInput(textPart("hi"));

describe("the newest input", () => {
  test("is cut at the front", () => {
    expect(newestInput([said, call("a"), output("a")], 2)).toEqual([call("a"), output("a")]);
  });

  test("never begins with outputs whose calls were cut off", () => {
    expect(newestInput([call("a"), call("b"), output("a"), output("b"), said], 3)).toEqual([said]);
    expect(newestInput([call("a"), call("b"), output("a"), output("b"), said], 4)).toEqual([call("b"), output("b"), said]);
  });

  test("is all there is when that is less, and nothing when nothing is asked for", () => {
    expect(newestInput([said], 5)).toEqual([said]);
    expect(newestInput([said], 0)).toEqual([]);
  });
});
