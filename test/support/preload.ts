import { setDefaultTimeout } from "bun:test";

// A test's time limit is there to end one that hangs. Machines are noisy, and the first test that asks for it waits for a
// PostgreSQL to be set up.
setDefaultTimeout(60_000);
