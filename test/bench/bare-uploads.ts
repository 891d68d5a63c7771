// What is compared with: a bare server that writes bodies to files, and answers everything else at once. `bun bare-uploads.ts FOLDER`; writes
// its port.
import { open } from "node:fs/promises";
import { join } from "node:path";

const folder = process.argv[2]!;
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  development: false,
  idleTimeout: 255,
  maxRequestBodySize: 1024 ** 3,
  async fetch(request) {
    if (request.method !== "PUT") return Response.json({ data: [], has_more: false });
    const file = await open(join(folder, crypto.randomUUID()), "wx");
    for await (const chunk of request.body!) await file.write(chunk);
    await file.close();
    return new Response(null, { status: 204 });
  },
});
console.log(server.port);
