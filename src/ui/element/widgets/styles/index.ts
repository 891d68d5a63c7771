/** The styles of widgets. They never contain a value of a widget: those are set as properties of its elements. */
import { calendarStyles } from "./calendar.ts";
import { chartStyles } from "./chart.ts";
import { controlStyles } from "./controls.ts";
import { fieldStyles } from "./fields.ts";
import { surfaceStyles } from "./surfaces.ts";
import { textStyles } from "./texts.ts";

export const widgetStyles = [surfaceStyles, textStyles, controlStyles, fieldStyles, calendarStyles, chartStyles];
