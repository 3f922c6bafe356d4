import { distance } from 'fastest-levenshtein';
import { parseImage } from '../kubernetes/images.ts';

/**
 * Commands of every image with a shell (POSIX) and of BusyBox, of which its images and Alpine's have all.
 * https://pubs.opengroup.org/onlinepubs/9799919799/idx/utilities.html, https://www.busybox.net/downloads/BusyBox.html
 */
const POSIX =
  'awk basename cat chgrp chmod chown cksum comm cp cut date dd df dirname du echo env expr false find fold grep head id join kill link ln ls mkdir mkfifo mv nice nohup printf pwd rm rmdir sed sleep sort split stty tail tee test touch true tsort tty umask uname uniq unlink wait wc xargs';
const BUSYBOX =
  'ash base64 bunzip2 bzip2 clear cmp cpio crond diff dmesg dnsdomainname du expand flock free fsync ftpget ftpput getopt groups gunzip gzip hexdump hostname httpd ifconfig install ip killall less logger lsof md5sum mktemp more mount nc netcat netstat nproc nslookup od patch pgrep pidof ping pkill ps readlink realpath renice reset resize rev route seq sha1sum sha256sum sha512sum shuf stat strings sync tac tar telnet time timeout top traceroute tr tree truncate unxz unzip usleep uudecode uuencode vi watch wget which whoami xxd xz yes zcat';

/**
 * The command that a misspelt one stands for: what an image is named after (`ngInx` in an image nginx), or the one command of a shell or of
 * BusyBox that is one letter away (`wge` in an image busybox). Null where none or several are near.
 *
 * @param isOfShell a shell looked for the command, so that the image has what comes with shells
 */
export function commandMeant(command: string, image: string, isOfShell: boolean): string | null {
  if (!/^[\w.-]{3,40}$/.test(command)) return null;
  const path = parseImage(image)?.name.split('/') ?? [];
  const name = path.at(-1) ?? '';
  // Whose command it is named after is known of Docker's official images; of any other, spelling alone may differ.
  const isOfficial = path.length === 1 || path.slice(0, -1).join('/').endsWith('library');
  if (isOfficial ? isNear(command, name) : command.toLowerCase() === name) return name;
  const isBusyBox = name === 'busybox' || name === 'alpine';
  const known = [
    ...(isOfShell || isBusyBox ? POSIX.split(' ') : []),
    ...(isBusyBox ? BUSYBOX.split(' ') : []),
  ];
  const near = [...new Set(known)].filter((one) => isNear(command, one));
  return near.length === 1 ? near[0]! : null;
}

/** The same but for capitals, one letter, or two neighbours that changed places; of short words none but one that grew or shrank. */
function isNear(command: string, known: string): boolean {
  if (command === known || known.length < 3) return false;
  if (command.toLowerCase() === known) return true;
  const apart = distance(command, known);
  if (known.length < 4) return false;
  return apart === 1 || (apart === 2 && isSwapped(command, known));
}

function isSwapped(a: string, b: string): boolean {
  const at = [...a].findIndex((letter, index) => letter !== b[index]);
  return a.length === b.length && a.slice(0, at) + a[at + 1] + a[at] + a.slice(at + 2) === b;
}

/** A text with one word in place of another that it has exactly once; null otherwise. */
export function withWord(text: string, word: string, other: string): string | null {
  const parts = text.split(
    new RegExp(`(?<![\\w./-])${word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w./-])`),
  );
  return parts.length === 2 ? parts.join(other) : null;
}
