/** How many of the newest runs a tab looks at. */
export const runCounts = ['25', '50', '100'] as const;
