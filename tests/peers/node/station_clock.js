'use strict';
/** The station's clock: told by the central system, and `speed` times as fast as real time. */

class StationClock {
    constructor(speed) {
        this.speed = speed;
        this.setTo = 0;
        this.setAt = performance.now();
    }

    /** Seconds; only differences mean anything. */
    monotonic() {
        return (performance.now() / 1000) * this.speed;
    }

    now() {
        return new Date(this.setTo + (performance.now() - this.setAt) * this.speed);
    }

    stamp() {
        return this.now().toISOString();
    }

    /** Take over currentTime of a confirmation. */
    set(told) {
        this.setTo = Date.parse(told);
        this.setAt = performance.now();
    }

    /** Let that many of the station's seconds pass. */
    pause(seconds) {
        return new Promise((resolve) => setTimeout(resolve, (Math.max(seconds, 0) * 1000) / this.speed));
    }

    /** Call back after that many seconds; returns what `clearTimeout` takes. */
    later(seconds, callback) {
        return setTimeout(callback, (Math.max(seconds, 0) * 1000) / this.speed);
    }
}

module.exports = { StationClock };
