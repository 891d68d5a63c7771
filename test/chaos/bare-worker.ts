// One of several bare servers on one port: `bun bare-worker.ts PORT`. Says when it listens; ends as Bun lets it, on SIGTERM.
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.argv[2]),
  reusePort: true,
  development: false,
  fetch: async (request) => Response.json({ data: [], length: (await request.text()).length }),
});
console.log("listening");
process.on("SIGTERM", async () => {
  await server.stop();
  process.exit(0);
});
