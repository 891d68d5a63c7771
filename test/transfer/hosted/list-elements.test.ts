import { expect, test } from "bun:test";
import { listElements } from "../../../src/transfer/hosted/list-elements.ts";
import { toLine } from "../../../src/transfer/saved/json-line.ts";
import { seeded } from "../project.ts";
import { asServed } from "../saved-folder.ts";

const elements = (body: string) => listElements(Buffer.from(body)).map(String);

test.each([
  ['{"data":[]}', []],
  [' { "data" : [ ] , "x" : 1 } ', []],
  ['{"data":[1]}', ["1"]],
  ['{"data":[1,2.0,-0.0e+1 , null,true,"a"]}', ["1", "2.0", "-0.0e+1", "null", "true", '"a"']],
  ['{"data":[9007199254740993123,{"b":1,"a":2,"a":3}]}', ["9007199254740993123", '{"b":1,"a":2,"a":3}']],
  ['{"object":"list","x":{"data":[7]},"data":[{"data":["]"]}],"y":["data",[8]]}', ['{"data":["]"]}']],
  ['{"data":["\\"]","\\\\","[{\\u005d"]}', ['"\\"]"', '"\\\\"', '"[{\\u005d"']],
  ['{"d\\u0061ta":[1],"has_more":false}', ["1"]],
  ['{"data":[1],"data":[2,3]}', ["2", "3"]],
  ['{"data":[{"k":"日本 😀"}]}', ['{"k":"日本 😀"}']],
  ['\ufeff{"data":[{"a":1}]}', ['{"a":1}']],
  ['{\r\n\t"data": [\n    {\n      "a": 1\n    },\n    2\n  ]\n}\n', ['{\n      "a": 1\n    }', "2"]],
])("%p is cut into the bytes of its elements", (body, expected) => {
  expect(elements(body)).toEqual(expected);
});

test("whatever JSON an element is, it is cut out as it stands", () => {
  const random = seeded(7);
  const space = () => ["", "", " ", "\n", "\t", "\r\n  "][Math.floor(random() * 6)]!;
  const scalars = ["0", "-1.50E-7", "123456789012345678901234567890", "null", '""', '"]}"', '"\\\\\\""', '"é,😀"', "false"];
  const value = (depth: number): string => {
    const kind = random();
    if (depth === 0 || kind < 0.4) return scalars[Math.floor(random() * scalars.length)]!;
    const parts = Array.from({ length: Math.floor(random() * 4) }, () => space() + value(depth - 1) + space());
    if (kind < 0.7) return `[${parts.join(",") || space()}]`;
    return `{${parts.map((part, i) => `${space()}"k${i}}"${space()}:${part}`).join(",") || space()}}`;
  };
  for (let round = 0; round < 300; round++) {
    const expected = Array.from({ length: Math.floor(random() * 5) }, () => value(4));
    const list = expected.map((text) => space() + text + space()).join(",");
    const body = `{${space()}"a":${value(3)},${space()}"data"${space()}:${space()}[${list || space()}]${space()},"last_id":${value(2)}}${space()}`;
    expect(elements(body)).toEqual(expected);
  }
});

test("a line holds no line break, is the same JSON, and can be turned back into what was served", () => {
  const random = seeded(3);
  for (let round = 0; round < 500; round++) {
    const space = Array.from({ length: 6 }, () => " \t\n\r"[Math.floor(random() * 4)]).join("");
    const json = `{${space}"a"${space}:${space}[1${space},"\\n\\té"${space}]${space}}`;
    const line = Buffer.from(toLine(Buffer.from(json))).toString();
    expect(line).not.toMatch(/[\r\n]/);
    expect(JSON.parse(line)).toEqual(JSON.parse(json));
    expect(asServed(line)).toBe(json);
  }
});

test("what has no line breaks stays the very bytes it is, valid UTF-8 or not", () => {
  const bytes = Uint8Array.from([0x22, 0xff, 0xc3, 0xa9, 0x22]);
  expect(toLine(bytes)).toBe(bytes);
  const broken = Uint8Array.from([0x5b, 0x0a, 0x22, 0xff, 0x22, 0x5d]);
  expect([...toLine(broken)]).toEqual([0x5b, 0x09, 0x20, 0x22, 0xff, 0x22, 0x5d]);
});
