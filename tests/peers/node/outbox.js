'use strict';
/** Messages about transactions (S§3.7): kept while offline, delivered one after the other, retried. */

const { log } = require('./arguments');

class Outbox {
    constructor(station) {
        this.station = station;
        this.letters = [];
        this.delivering = false;
    }

    put(action, transaction, payload, answered = () => {}) {
        this.letters.push({ action, transaction, payload, answered, attempts: 0 });
        this.deliver();
    }

    async deliver() {
        if (this.delivering) return;
        this.delivering = true;
        while (this.station.online && this.letters.length) {
            if (await this.deliverFirst(this.letters[0])) this.letters.shift();
        }
        this.delivering = false;
    }

    /** Whether the letter is done with: answered, or given up. */
    async deliverFirst(letter) {
        const { action, transaction, attempts } = letter;
        const payload = { ...letter.payload };
        if (action !== 'StartTransaction' && transaction) payload.transactionId = transaction.id;
        try {
            letter.answered(await this.station.client.call(action, payload));
            return true;
        } catch (error) {
            log(action, 'was not taken:', error.message);
            if (!this.station.online) return false;
            const { configuration, clock } = this.station;
            letter.attempts = attempts + 1;
            if (letter.attempts >= configuration.seconds('TransactionMessageAttempts')) return true;
            await clock.pause(configuration.seconds('TransactionMessageRetryInterval') * letter.attempts);
            return false;
        }
    }
}

module.exports = { Outbox };
