/**
 * Words for the shell. Whatever a word holds, the shell reads it back byte for byte: between single
 * quotes nothing has a meaning but the single quote itself (POSIX XCU 2.2.2).
 */

/** `it's` -> `'it'\''s'`. The word must be `carriable`. */
export const quote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/**
 * Whether a string survives the journey to another process: no NUL, which ends a string there, and
 * no lone surrogate, which has no UTF-8 form.
 */
export const carriable = (text: string): boolean =>
  !text.includes('\0') && !/\p{Surrogate}/u.test(text);

/** Whether a string is free of the characters that would break a line of the helpers' answers. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about.
export const printable = (text: string): boolean => !/[\u0000-\u001f\u007f]/.test(text);
