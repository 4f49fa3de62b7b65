# SPDX-License-Identifier: Apache-2.0
"""Random trees, rules and operations, and what they come to for Landlock.

Paths are relative to a tree's top, with "" for the top itself, and have no symbolic links in them but
where an operation is meant to go through one.
"""

import os
import stat

# Few, so that operations meet.
NAMES = ("a", "b", "c", "d", "e", "env", ".x")
TEXT = "content\n"

# The smallest program there is: exit(0). An ELF header, one segment, three instructions.
PROGRAM = (b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\x3e\x00\x01\x00\x00\x00" + (0x400078).to_bytes(8, "little")
           + (64).to_bytes(8, "little") + bytes(8) + bytes(4) + b"\x40\x00\x38\x00\x01\x00" + bytes(6)
           + b"\x01\x00\x00\x00\x05\x00\x00\x00" + bytes(8) + (0x400000).to_bytes(8, "little") * 2
           + (0x81).to_bytes(8, "little") * 2 + (0x1000).to_bytes(8, "little")
           + b"\x31\xff\xb8\x3c\x00\x00\x00\x0f\x05")

# policy/README.md: r read, l list, w write, c create, d delete, a append, x exec. The rest Landlock has no word for.
MODES = {"none": "", "ro": "rlx", "rw": "rlwcdax", "rw-no-delete": "rlwcax", "append": "rlca"}
MODES.update({f"{mode}-exec": letters.replace("x", "") for mode, letters in list(MODES.items()) if "x" in letters})
MODES["append+exec"] = "rlcax"

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REMOVE_DIR, REMOVE_FILE = (1 << bit for bit in range(6))
MAKE = 0x1fc0       # all seven kinds
REFER, TRUNCATE = 1 << 13, 1 << 14
FILE_RIGHTS = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE


def landlock_rights(mode):
    """The fewest rights of Landlock that give all that a mode gives: what it denies then, the mode must deny."""
    letters = MODES[mode]
    rights = 0
    for letter, right in (("r", READ_FILE), ("l", READ_DIR), ("w", WRITE_FILE), ("a", WRITE_FILE), ("x", EXECUTE),
                          ("c", MAKE | REFER), ("d", REMOVE_DIR | REMOVE_FILE | REFER)):
        if letter in letters:
            rights |= right
    if "w" in letters and "d" in letters:
        rights |= TRUNCATE
    return rights


def is_above(above, path):
    return above == "" or path == above or path.startswith(above + "/")


class Tree:
    """What is made twice. `parts` is in the order of making."""

    def __init__(self, random):
        self.parts = [("dir", "")]
        directories, files = [""], []
        for _ in range(random.randint(14, 34)):
            parent = random.choice(directories)
            path = f"{parent}/{random.choice(NAMES)}".lstrip("/")
            if any(path == part[1] for part in self.parts) or path.count("/") > 3:
                continue
            kind = random.choices(("dir", "file", "program", "symlink", "link"), (40, 30, 10, 10, 10))[0]
            if kind == "link" and not files:
                kind = "file"
            other = None
            if kind == "dir":
                directories.append(path)
            elif kind in ("file", "program"):
                files.append(path)
            elif kind == "symlink":
                other = random.choice([*(part[1] for part in self.parts[1:]), "a", "none/there"])
            elif kind == "link":
                other = random.choice(files)
            self.parts.append((kind, path, other))
        self.paths = [part[1] for part in self.parts]
        self.directories = directories

    def make(self, top, uid):
        os.makedirs(top)
        for kind, path, *other in self.parts:
            place = os.path.join(top, path) if path else top
            if kind == "dir":
                if path:
                    os.mkdir(place)
                os.chmod(place, 0o755)
            elif kind == "symlink":  # absolute: each world's own
                os.symlink(os.path.join(top, other[0]), place)
            elif kind == "link":
                os.link(os.path.join(top, other[0]), place)
            else:
                with open(place, "wb") as file:
                    file.write(PROGRAM if kind == "program" else TEXT.encode())
                os.chmod(place, 0o755 if kind == "program" else 0o644)
            os.chown(place, uid, uid, follow_symlinks=False)


class Rules:
    """A mode for the top, and nested rules. `is_widening`: each gives all that is given around it."""

    def __init__(self, random, tree):
        self.is_widening = random.random() < 0.6
        self.names = []
        tops = ("none", "ro", "ro-exec", "rw", "rw-exec", "rw-exec", "rw-no-delete", "append")
        self.modes = {"": random.choice(tops)}
        candidates = [part[1] for part in tree.parts[1:] if part[0] in ("dir", "file", "program")]
        random.shuffle(candidates)
        # From above, so that what is around a rule is known.
        for path in sorted(candidates[:random.choice((1, 2, 2, 3, 4))], key=lambda path: path.count("/")):
            around = set(MODES[self.mode(path)])
            modes = [mode for mode, letters in MODES.items() if not self.is_widening or around <= set(letters)]
            self.modes[path] = random.choice(modes + [mode for mode in modes if "d" in MODES[mode]] * 2)
        if not self.is_widening and random.random() < 0.3:
            self.names.append((random.choice(NAMES), random.choice(("none", "ro", "rw-no-delete"))))

    def mode(self, path):
        """Of the nearest rule."""
        return self.modes[max((rule for rule in self.modes if is_above(rule, path)), key=len)]

    def rights(self, path):
        """Letters that Cofferdam's path rules give."""
        return MODES[self.mode(path)]

    def locked(self, path):
        """What Landlock gives: all that the rules at and above a path give."""
        rights = 0
        for rule, mode in self.modes.items():
            if is_above(rule, path):
                rights |= landlock_rights(mode)
        return rights

    def policy(self, top, widened=None):
        lines = ["cofferdam: 1", "name: landlock", "files:", "  default: ro", "  rules:"]
        for path, mode in self.modes.items():
            place = os.path.join(top, path) if path else top
            lines.append(f'    - {{path: "{place}", access: {"rw" if path == widened else mode}}}')
        for name, mode in self.names:
            lines.append(f'    - {{name: "{name}", access: {mode}}}')
        return "\n".join(lines) + "\n"

    def landlock_arguments(self, top):
        arguments = []
        for path, mode in self.modes.items():
            arguments += [hex(landlock_rights(mode)), os.path.join(top, path) if path else top]
        return arguments

    def __str__(self):
        return ", ".join([*(f"{path or '(top)'}: {mode}" for path, mode in self.modes.items()),
                          *(f"name {name}: {mode}" for name, mode in self.names)])


OPEN_FLAGS = ("rdonly", "wronly", "rdwr", "wronly,append", "rdwr,append", "wronly,trunc", "rdwr,trunc", "rdonly,trunc",
              "wronly,creat", "rdwr,creat,excl", "wronly,creat,trunc", "rdonly,creat", "rdonly,directory",
              "rdonly,nofollow", "path", "ioctl", "wronly,creat,append", "wronly,append,trunc")

# How often, and which: {P} is any path, {F} a file, {D} a directory, {L} a symbolic link, {N} a name to be made.
OPERATIONS = (
    (24, "open {F} {flags}"), (8, "open {N} {flags}"), (2, "open {P} {flags}"), (6, "read {F}"), (4, "write {F}"),
    (3, "append {F}"), (5, "list {D}"), (2, "readlink {L}"), (5, "exec {F}"), (2, "execveat {F}"), (7, "mkdir {N}"),
    (2, "mknod {D}/fifo fifo"), (2, "mknod {N} sock"), (2, "mknod {N} reg"), (1, "mknod {N} chr"),
    (4, "symlink {T}/{P} {N}"),
    (10, "link {F} {N}"), (2, "linkfd {F} {N}"), (2, "linktmp {D} {N}"), (9, "rename {F} {N}"), (5, "rename {D} {N}"),
    (1, "rename {L} {N}"), (4, "rename {F} {F}"), (2, "rename {D} {D}"), (3, "renameat2 {F} {F} exchange"),
    (2, "renameat2 {P} {P} exchange"), (1, "renameat2 {P} {N} noreplace"), (1, "renameat2 {F} {N} whiteout"),
    (8, "unlink {F}"), (1, "unlink {L}"), (5, "rmdir {D}"), (6, "truncate {F} {length}"),
    (4, "ftruncate {F} {writing} {length}"), (3, "reopen {F} {flags}"), (2, "open {D} tmpfile,wronly"),
    (1, "open {D} tmpfile,rdwr"), (1, "chmod {P} 0700"), (1, "utimes {P}"), (2, "fchdiropen {D} {name} {flags}"),
    (2, "openat2 {D} {name} {flags} beneath"), (2, "mmap {F} rdonly r,x private"), (1, "mmap {F} rdwr r,w shared"),
)
TEMPLATES = [text for _, text in OPERATIONS]
WEIGHTS = [weight for weight, _ in OPERATIONS]


class Places:
    """What there is below a top, but FIFOs; the top itself is ""."""

    def __init__(self, top):
        self.all, self.directories, self.files, self.links = [""], [""], [], []
        for folder, below, files in os.walk(top):
            inside = folder[len(top) + 1:]
            for name in below + files:
                path = f"{inside}/{name}".lstrip("/")
                mode = os.lstat(os.path.join(folder, name)).st_mode
                if stat.S_ISFIFO(mode):
                    continue  # whoever opens it waits
                self.all.append(path)
                if stat.S_ISLNK(mode):
                    self.links.append(path)
                else:
                    (self.directories if name in below else self.files).append(path)

    def any(self, random, kind):
        """Mostly of that kind; now and then by a crooked way."""
        path = random.choice((kind if random.random() < 0.9 else None) or self.all)
        if random.random() < 0.04:
            path += "/" + random.choice((".", "..", "../" + random.choice(NAMES), random.choice(NAMES)))
        elif random.random() < 0.05 and self.links:
            path = random.choice(self.links) + "/" + random.choice(NAMES)
        return path

    def new(self, random):
        if random.random() < 0.15:
            return self.any(random, self.all)
        return f"{random.choice(self.directories)}/{random.choice(NAMES + ('new',))}".lstrip("/")


def random_operation(random, places):
    """Words of a probe's row; {T} in them is the top."""
    kinds = {"{P}": places.all, "{F}": places.files, "{D}": places.directories, "{L}": places.links,
             "{T}/{P}": places.all}
    choices = {"{flags}": OPEN_FLAGS, "{name}": NAMES, "{length}": ("0", "3", "8", "100"),
               "{writing}": ("wronly", "rdwr", "wronly,append", "rdonly")}
    words = []
    for word in random.choices(TEMPLATES, WEIGHTS)[0].split():
        if word in kinds:
            word = "{T}/" + places.any(random, kinds[word])
        elif word == "{D}/fifo":  # a name that nothing else comes to: who opens it waits
            word = "{T}/" + places.any(random, places.directories) + "/fifo"
        elif word == "{N}":
            word = "{T}/" + places.new(random)
        elif word in choices:
            word = random.choice(choices[word])
        words.append(word)
    return words
