/**
 * The page's theme options as custom properties, on which all styles of the element are based. A value of the page is never put into a
 * style sheet as text: it is set as a property, where CSS takes it as a value or not at all.
 */
import type { ChatKitOptions, FontObject, ThemeOption } from "@openai/chatkit";

const RADII = { pill: [24, 28], round: [18, 20], soft: [10, 12], sharp: [0, 0] } as const;
const SPACING = { compact: 0.8, normal: 1, spacious: 1.2 } as const;
/** How much of the accent is in the surfaces of the person's own messages and of what is chosen, in percent. */
const ACCENT_SHARE = [0, 10, 18, 100] as const;
const SANS = 'ui-sans-serif, -apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif';
const MONO = 'ui-monospace, SFMono-Regular, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace';

export type Theme = { scheme: "light" | "dark"; properties: Record<string, string>; fonts: FontObject[] };

export function themeOf(option: ChatKitOptions["theme"]): Theme {
  const theme: ThemeOption = typeof option === "string" ? { colorScheme: option } : (option ?? {});
  const { typography = {}, radius = "pill", density = "normal", color = {} } = theme;
  const scheme = theme.colorScheme === "dark" ? "dark" : "light";
  const [control, surface] = RADII[radius] ?? RADII.pill;
  const { accent, surface: surfaces } = color;
  const properties: Record<string, string> = {
    ...grays(scheme, color.grayscale),
    "--text-size": `${typography.baseSize ?? 16}px`,
    "--font": typography.fontFamily ? `${typography.fontFamily}, ${SANS}` : SANS,
    "--font-mono": typography.fontFamilyMono ? `${typography.fontFamilyMono}, ${MONO}` : MONO,
    "--radius-control": `${control}px`,
    "--radius-surface": `${surface}px`,
    "--space": `${SPACING[density] ?? 1}`,
    "--accent-share": `${accent ? (ACCENT_SHARE[accent.level] ?? 0) : 0}%`,
    ...(accent && { "--accent": accent.primary }),
    ...(surfaces && { "--background": surfaces.background, "--foreground": surfaces.foreground }),
  };
  return { scheme, properties, fonts: typography.fontSources ?? [] };
}

/** Of all grays: the hue, the chroma, and whether they are darker or lighter. */
function grays(scheme: Theme["scheme"], { hue, tint, shade = 0 }: { hue?: number; tint?: number; shade?: number } = {}): Record<string, string> {
  const step = scheme === "dark" ? 0.012 : 0.01;
  return { "--gray-hue": `${hue ?? 0}`, "--gray-chroma": `${(tint ?? 0) * 0.0045}`, "--gray-shift": `${shade * step}` };
}

/** These are set only if the page names them; otherwise the style sheet's apply. */
const COLORS = ["--accent", "--background", "--foreground"];

export function applyProperties({ style }: HTMLElement, properties: Theme["properties"]): void {
  for (const name of COLORS) if (!(name in properties)) style.removeProperty(name);
  for (const [name, value] of Object.entries(properties)) if (style.getPropertyValue(name) !== value) style.setProperty(name, value);
}

/** Loads the fonts that the page names. Where one cannot be loaded, the next font of the family is used. */
export function loadFonts(fonts: readonly FontObject[]): void {
  for (const { family, src, weight, style, display, unicodeRange } of fonts) {
    const isKnown = [...document.fonts].some((font) => font.family.replaceAll('"', "") === family && font.weight === String(weight ?? "normal") && font.style === (style ?? "normal"));
    if (isKnown) continue;
    const face = new FontFace(family, `url(${JSON.stringify(src)})`, {
      ...(weight !== undefined && { weight: String(weight) }),
      ...(style && { style }),
      ...(display && { display }),
      ...(unicodeRange && { unicodeRange }),
    });
    document.fonts.add(face);
    face.load().catch(() => {});
  }
}
