/** A component's props: read as they came, and turned into CSS. A value that could fetch, or begin another property, never passes. */
export { blockProperties, boxProperties, flowProperties, type Properties } from "./block.ts";
export { borders } from "./borders.ts";
export { background, colour, LINES, SERIES, TEXT_COLOURS } from "./colours.ts";
export { length, sides, space } from "./lengths.ts";
export { childrenOf, countOf, objectOf, objectsOf, oneOf, shownText, textOf, type Node } from "./node.ts";
