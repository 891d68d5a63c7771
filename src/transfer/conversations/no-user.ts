/**
 * The user of threads that belong to nobody at the source. Nobody who logs in is called so. A file of its own, since the command line
 * needs no more than this of the import, and is loaded at every start.
 */
export const NO_USER = "(no user)";
