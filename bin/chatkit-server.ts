#!/usr/bin/env bun
// For `bunx chatkit-server` and scripts of a package.json; the executable is made by `npm run build`.
import "../src/main.ts";
