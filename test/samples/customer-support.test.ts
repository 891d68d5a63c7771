import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Attachment } from "../../src/protocol/attachments.ts";
import type { WidgetItem } from "../../src/protocol/items.ts";
import { doneItems, outline, say, texts } from "../support/agent-turn.ts";
import type { Page } from "../support/page.ts";
import { serveAgent, type ServedAgent } from "../support/served-agent.ts";

let desk: ServedAgent;
beforeAll(async () => void (desk = await serveAgent(join(import.meta.dir, "customer-support/agent.ts"))));
afterAll(() => desk.stop());

const PIXEL = Uint8Array.fromBase64("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");
const lastInput = () => JSON.stringify(desk.model.requests.findLast(({ body }) => body.stream)?.body.input);
const lists = async (page: Page) => (await page.items()).filter((item): item is WidgetItem => item.type === "widget");
const profile = async (page: Page) =>
  (
    await page.json<{ customer: { meal?: string; bags: number; segments: { flight: string; seat: string }[] } }>(
      `/support/customer?thread_id=${page.threadId}`,
    )
  ).customer;
/** What the first thing to click in a list sends. */
const clickOf = (list: WidgetItem | undefined, index = 0) => (list?.widget as Clickable).children[index]!.onClickAction;
type Clickable = { children: { onClickAction: { type: string; payload: object } }[] };

describe("the customer support desk", () => {
  test("tells the model who the customer is, and the page what changed", async () => {
    const page = desk.page();
    const events = await page.say(say([[{ tool: "change_seat", args: { flight: "bx12", seat: "3C" } }], [{ text: "Moved." }]]));
    expect(lastInput()).toContain("<CUSTOMER_PROFILE>");
    expect(lastInput()).toContain("BX12 LIS-OSL");
    expect(desk.model.requests.at(-1)?.body["temperature"]).toBe(0.4);
    const effect = events.find(({ type }) => type === "client_effect");
    expect(effect).toMatchObject({ name: "customer_profile/update", data: { profile: { segments: [{ flight: "BX12", seat: "3C" }] } } });
    expect((await profile(page)).segments[0]).toMatchObject({ seat: "3C" });
    await page.say(say([[{ text: "Anything else?" }]]));
    expect(lastInput()).toContain("seat 3C (scheduled)");
  });

  test("tells the model, not the person, why a seat cannot be had", async () => {
    const page = desk.page();
    const events = await page.say(say([[{ tool: "change_seat", args: { flight: "BX99", seat: "3C" } }], [{ text: "I cannot find it." }]]));
    expect(texts(events)).toEqual(["I cannot find it."]);
    expect(lastInput()).toContain("BX99 is not one of the customer's flights.");
  });

  test("sets a meal by a click, clears it by another without a stream, and keeps both over a reload", async () => {
    const page = desk.page();
    await page.say(say([[{ tool: "meal_preference_list" }]]));
    const [list] = await lists(page);
    const set = await page.act(clickOf(list, 1), list?.id);
    expect(outline(set)).toEqual(["stream_options", "widget.root.updated", "done assistant_message", "client_effect"]);
    expect((await profile(page)).meal).toBe("kosher");
    expect(JSON.stringify((await lists(page))[0])).not.toContain("onClickAction");
    const params = { thread_id: page.threadId, item_id: list?.id, action: { type: "meal.clear" } };
    const { updated_item } = await page.ask<{ updated_item: WidgetItem }>("threads.sync_custom_action", params);
    expect(clickOf(updated_item)).toEqual({ type: "meal.set", payload: { meal: "vegetarian" } });
    expect((await profile(page)).meal).toBeUndefined();
    expect(await lists(page)).toEqual([updated_item]);
    const refused = await page.post("threads.sync_custom_action", { ...params, item_id: null });
    expect([refused.status, ((await refused.json()) as { error: { message: string } }).error.message]).toEqual([400, expect.stringContaining("meal.clear")]);
  });

  test("books there and back by clicks, each list once", async () => {
    const page = desk.page();
    const wanted = { from: null, to: "OSL", depart: "2027-04-01", back: "2027-04-09" };
    await page.say(say([[{ tool: "flight_option_list", args: wanted }]]));
    const [out] = await lists(page);
    const click = clickOf(out);
    const booked = await page.act(click, out?.id);
    expect(texts(booked)).toEqual(["BX40, seat 21C. And back?"]);
    expect((await page.act(click, out?.id)).at(-1)).toMatchObject({
      type: "error",
      message: expect.stringContaining("already"),
      allow_retry: false,
    });
    const back = (await lists(page))[1];
    expect(back).toMatchObject({ widget: { children: [{ children: [{ value: "OSL → LIS, 2027-04-09 07:40" }] }, {}, {}] } });
    expect(texts(await page.act(clickOf(back), back?.id))).toEqual(["BX41, seat 21C: you are booked both ways."]);
    expect((await profile(page)).segments.map(({ flight }) => flight)).toEqual(["BX12", "BX40", "BX41"]);
    await page.say(say([[{ text: "Have a good flight." }]]));
    expect(lastInput()).toContain("<WIDGET_ACTION");
    expect(lastInput()).toContain("Booked");
  });

  test("takes a photo in two steps, shows it to the model, and forgets it", async () => {
    const page = desk.page();
    const photo = await page.ask<Attachment>("attachments.create", { name: "bag.png", size: PIXEL.length, mime_type: "image/png" });
    const uploaded = await fetch(photo.upload_descriptor!.url, {
      method: photo.upload_descriptor!.method,
      body: PIXEL,
      headers: page.headers,
    });
    expect(await uploaded.json()).toMatchObject({ id: photo.id, preview_url: expect.stringMatching(/^data:image\/png;base64,iVBOR/) });
    const events = await page.say(say([[{ text: "A small bag." }]]), { attachments: [photo.id] });
    expect(doneItems(events)[0]).toMatchObject({
      attachments: [{ id: photo.id, type: "image", preview_url: expect.stringMatching(/^data:/), thread_id: page.threadId }],
    });
    expect(lastInput()).toContain(`data:image/png;base64,${PIXEL.toBase64()}`);
    expect(await page.ask("attachments.delete", { attachment_id: photo.id })).toEqual({});
    await page.say(say([[{ text: "Gone." }]]));
    expect(lastInput()).toContain("[attachment bag.png image/png]");
  });

  test("refuses what is no photo, what is too large, and another person's upload", async () => {
    const page = desk.page();
    const create = (more: object) => page.post("attachments.create", { name: "x", size: 1, mime_type: "image/png", ...more });
    expect((await create({ mime_type: "text/html" })).status).toBe(415);
    expect((await create({ size: 9_000_000 })).status).toBe(413);
    const photo = (await (await create({})).json()) as Attachment;
    const upload = (user: string, body: Uint8Array<ArrayBuffer>) =>
      fetch(photo.upload_descriptor!.url, { method: "POST", body, headers: { "x-user-id": user } });
    expect((await upload("eve", PIXEL)).status).toBe(404);
    expect((await upload("ada", new Uint8Array(600_000))).status).toBe(413);
  });

  test("takes dictation, and has its chat named by an agent", async () => {
    const page = desk.page();
    const dictate = (mime_type: string) => page.post("input.transcribe", { audio_base64: btoa("hello"), mime_type });
    expect(await (await dictate("audio/webm;codecs=opus")).json()).toEqual({ text: "5 bytes of speech" });
    expect((await dictate("audio/flac")).status).toBe(415);
    await page.say(say({ turns: [[{ text: "Hello." }]], when: { "Name this chat": [[{ text: "Bag question" }]] } }));
    expect((await page.thread()).title).toBe("Bag question");
  });
});
