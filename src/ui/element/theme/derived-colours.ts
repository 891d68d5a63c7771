import { css } from "lit";

/** Declarations of the colours that are mixed from `--foreground` and `--background`: needed wherever those two are set anew. */
export const derivedColours = css`
  --muted: color-mix(in oklab, var(--foreground) 66%, var(--background));
  --faint: color-mix(in oklab, var(--foreground) 60%, var(--background));
  --line: color-mix(in oklab, var(--foreground) 11%, var(--background));
  --line-strong: color-mix(in oklab, var(--foreground) 20%, var(--background));
  --quiet: color-mix(in oklab, var(--foreground) 4.5%, var(--background));
  --hover: color-mix(in oklab, var(--foreground) 7%, transparent);
`;
