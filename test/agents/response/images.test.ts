import { afterAll, describe, expect, test } from "bun:test";
import { ResponseStreamConverter } from "../../../src/agents/response/response-stream-converter.ts";
import { doneItems, outline, texts, turn } from "../../support/agent-turn.ts";
import { ResponsesServer } from "../../support/responses-server.ts";

const server = new ResponsesServer();
afterAll(() => server.stop());

describe("an image", () => {
  test("appears empty, sharpens by its partial images, and is done as a data URL", async () => {
    const converter = new ResponseStreamConverter({ partialImages: 2 });
    const { events } = await turn(server, [[{ image: { partials: 3 } }, { text: "Here." }]], { options: { converter } });
    const progress = events.flatMap((event) =>
      event.type === "thread.item.updated" && event.update.type === "generated_image.updated" ? [event.update.progress] : [],
    );
    expect(outline(events).slice(0, 5)).toEqual([
      "added generated_image",
      "generated_image.updated",
      "generated_image.updated",
      "generated_image.updated",
      "done generated_image",
    ]);
    expect(progress).toEqual([0, 0.5, 1]);
    expect(doneItems(events)[0]).toMatchObject({ type: "generated_image", image: { url: `data:image/png;base64,${btoa("image")}` } });
  });

  test("that was never made is not done", async () => {
    const { events } = await turn(server, [[{ image: { partials: 1, result: null } }, { text: "Sorry." }]]);
    expect(outline(events).slice(0, 2)).toEqual(["added generated_image", "generated_image.updated"]);
    expect(doneItems(events).map((item) => item.type)).toEqual(["assistant_message"]);
  });

  test("can be kept elsewhere, and what follows waits for its URL", async () => {
    class Uploading extends ResponseStreamConverter {
      override async base64ImageToUrl(imageId: string, _base64: string, partialIndex?: number): Promise<string> {
        await Bun.sleep(5);
        return `https://images.example/${imageId}/${partialIndex ?? "whole"}`;
      }
    }
    const { events } = await turn(server, [[{ image: { partials: 1 } }, { text: "Here." }]], { options: { converter: new Uploading() } });
    expect(doneItems(events)[0]).toMatchObject({ image: { url: expect.stringMatching(/^https:\/\/images\.example\/ig_.*\/whole$/) } });
    expect(texts(events)).toEqual(["Here."]);
  });

  test("whose converter fails fails the answer", async () => {
    class Failing extends ResponseStreamConverter {
      override async base64ImageToUrl(): Promise<string> {
        throw new Error("no room for images");
      }
    }
    const { error } = await turn(server, [[{ image: {} }, { text: "Here." }]], { options: { converter: new Failing() } });
    expect(error).toMatchObject({ message: "no room for images" });
  });
});
