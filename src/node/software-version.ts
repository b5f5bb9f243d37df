/** As it is released; nodes and executors say it of themselves. */
export const softwareVersion = '0.5.0';
