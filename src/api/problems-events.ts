/** Problems with triggers and events; a part of `problems.ts`. */
export const eventProblems = {
  TRIGGER_NOT_FOUND: {
    status: 404,
    title: 'There is no such trigger.',
    next: 'List them with `skein triggers`; a webhook is asked for by DAG and name of the trigger.',
  },
  EVENT_TOO_LARGE: {
    status: 413,
    title: 'The event says more than an event may.',
    next: 'Send at most 16 KiB as JSON: where the data is, and not the data.',
  },
  EVENT_INVALID: {
    status: 400,
    title: 'The event cannot be read.',
    next: 'Send JSON, or text with Content-Type: text/plain, and a key of 1 to 250 characters.',
  },
  HOOK_SECRET_WRONG: {
    status: 401,
    title: 'The secret of the webhook is missing or wrong.',
    next: 'Send it in the header X-Skein-Secret.',
  },
} as const;
