/**
 * The program's entry: starts the verb that the command line names, and alone ends the process. What a verb does is never decided here;
 * each loads its own code, so that `version` and `health` answer at once.
 */
import { processOutput } from "./cli/output.ts";
import { runVerb } from "./cli/program.ts";

const code = await runVerb(
  process.argv.slice(2),
  {
    serve: async (loaded, announce, worker) => {
      if (loaded.config.workers > 1 && worker === undefined) return (await import("./runtime/supervisor/supervise.ts")).supervise(loaded, announce);
      (await import("./runtime/process/many-requests.ts")).allowManyRequests(loaded);
      const { serve } = await import("./runtime/serve.ts");
      return serve({ loaded, announce, worker, library: () => import("./index.ts") });
    },
    checkAgent: async (loaded) => (await import("./runtime/verbs/check-agent.ts")).checkAgent(loaded, () => import("./index.ts")),
    migrate: async (action, { config }) => (await import("./runtime/verbs/migrate.ts")).migrate(action, config),
    init: async (folder, recipe) => (await import("./agents/starter/init-template.ts")).prepareFolder(folder, recipe),
    recipes: async () => (await import("./agents/starter/recipes.ts")).RECIPES,
    saveHosted: async (request) => (await import("./runtime/verbs/save-until-signal.ts")).saveUntilSignal(request),
    conversations: async () => {
      const { exportConversations, importConversations, deleteUser, listThreads, showThread } = await import("./runtime/verbs/conversations.ts");
      const { importSaved, importPython } = await import("./runtime/verbs/import-elsewhere.ts");
      const { backUp } = await import("./runtime/verbs/back-up.ts");
      return { exportConversations, importConversations, deleteUser, listThreads, showThread, backUp, importSaved, importPython };
    },
    checkSaved: async (folder) => (await import("./transfer/saving/check-saved.ts")).checkSaved(folder),
  },
  processOutput,
);
process.exit(code);
