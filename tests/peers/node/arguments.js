'use strict';
/** The command line: what is given in order, and options as `--name value`. */

function readArguments(defaults) {
    const options = { ...defaults };
    const inOrder = [];
    const given = process.argv.slice(2);
    while (given.length) {
        const word = given.shift();
        if (word.startsWith('--')) {
            const name = word.slice(2);
            if (!(name in defaults)) throw new Error(`unknown option ${word}`);
            options[name] = typeof defaults[name] === 'number' ? Number(given.shift()) : given.shift();
        } else {
            inOrder.push(word);
        }
    }
    return { inOrder, options };
}

/** Lines of the log go to stderr; stdout says only where the program listens. */
function log(...words) {
    process.stderr.write(`${Math.round(performance.now())} ${words.join(' ')}\n`);
}

function announce(addresses) {
    process.stdout.write(`${JSON.stringify(addresses)}\n`);
}

module.exports = { announce, log, readArguments };
