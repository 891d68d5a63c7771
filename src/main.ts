import { runVerb } from "./cli/program.ts";

/** Loaded by the verb that needs it: `version` and `health` should answer at once. */
const code = await runVerb(
  process.argv.slice(2),
  {
    serve: async (loaded, announce, worker) => {
      if (loaded.config.workers > 1 && worker === undefined) return (await import("./runtime/workers.ts")).supervise(loaded, announce);
      (await import("./runtime/many-requests.ts")).allowManyRequests(loaded);
      const { serve } = await import("./runtime/serve.ts");
      return serve({ loaded, announce, worker, library: () => import("./index.ts") });
    },
    migrate: async (action, { config }) => (await import("./runtime/migrate.ts")).migrate(action, config),
    init: async (folder, recipe) => (await import("./agents/starter/init-template.ts")).prepareFolder(folder, recipe),
    recipes: async () => (await import("./agents/starter/recipes.ts")).RECIPES,
    saveHosted: async (request) => (await import("./runtime/save-hosted.ts")).saveUntilSignal(request),
    checkSaved: async (folder) => (await import("./transfer/check-saved.ts")).checkSaved(folder),
  },
  { out: (line) => process.stdout.write(`${line}\n`), err: (line) => process.stderr.write(`${line}\n`) },
);
process.exit(code);
