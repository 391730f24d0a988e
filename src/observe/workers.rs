//! Workers: carry out looks, each under its deadline, many at once where they wait.
//!
//! Quick looks travel in batches, there and back, so that a thousand `stat` calls do
//! not cost a thousand hand-overs. A look that does not come back in time is given
//! up: its thread is left to the system and another takes its place.

use super::process::Cancel;
use super::redact::Redactor;
use crate::fact::{Moment, Values};
use crate::judge::outcome::Answer;
use crate::plan::{LONGEST_TIMEOUT, Look, Plan};
use crate::probe::{Context, Pace, Seen};
use crate::run::{News, Observation, Observer};
use crate::spec::answers::{self, Answers};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many looks that wait are under way at once, unless `--jobs` says otherwise.
pub const DEFAULT_JOBS: usize = 64;
/// How long a look may overrun its deadline before its worker is given up.
const OVERRUN: Duration = Duration::from_secs(2);
/// How long the end of a run waits for the commands under way to be ended.
const ENDING: Duration = Duration::from_secs(3);
/// How often overdue looks are searched for.
const TICK: Duration = Duration::from_millis(100);
/// Messages that may wait for the main thread, each of at most a batch of observations.
const NEWS: usize = 128;
/// Quick looks per hand-over.
const BATCH: usize = 64;
/// Observations of a batch, or the time, after which the main thread is told of them.
const TELL: (usize, Duration) = (32, Duration::from_millis(1));
/// How often it is asked whether what is queued waits for slow looks, and needs more threads.
const GROW: Duration = Duration::from_millis(2);

/// A batch of looks under way on one worker.
struct Job {
    number: usize,
    looks: Vec<usize>,
    pace: Pace,
    /// What was seen and not taken by the main thread yet.
    seen: Mutex<Vec<(usize, Observation)>>,
    /// The place of the current look in `looks`.
    current: AtomicUsize,
    /// When the current attempt must have ended, in milliseconds since `Workers::started`; 0 before the first.
    due: AtomicU64,
    given_up: AtomicBool,
}

impl Job {
    fn seen(&self) -> MutexGuard<'_, Vec<(usize, Observation)>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// News on the way to the main thread.
enum Message {
    /// There is something to take from the job.
    Seen(Arc<Job>),
    Finished(Arc<Job>),
    Ended(String),
}

/// Everything a worker shares with the others.
struct Shared {
    plan: Arc<Plan>,
    redactor: Redactor,
    /// Of operators, by the name of the check.
    answers: HashMap<String, Arc<answers::Answer>>,
    cancel: Cancel,
    started: Instant,
    jobs: Receiver<Arc<Job>>,
    news: Sender<Message>,
}

/// Looks at the world.
pub struct Workers {
    shared: Arc<Shared>,
    queue: Sender<Arc<Job>>,
    news: Receiver<Message>,
    limit: usize,
    processors: usize,
    threads: usize,
    /// Jobs of looks that wait, queued or under way.
    waiting: usize,
    /// Jobs that ended since it was last asked whether more threads are needed, and when that was.
    ended: usize,
    asked: Instant,
    /// Asked for, not handed over yet.
    quick: Vec<usize>,
    under_way: BTreeMap<usize, Arc<Job>>,
    /// Handed over so far.
    handed_over: usize,
    /// Taken from jobs, not passed on yet.
    taken: VecDeque<(usize, Observation)>,
    /// Why the run ends once these are passed on.
    over: Option<String>,
    deadline: Option<Instant>,
}

/// Ends a run from outside, as a signal does.
#[derive(Clone)]
pub struct Ender {
    news: Sender<Message>,
    cancel: Cancel,
}

impl Ender {
    /// What was seen before is still reported; what is cut short by this was not seen.
    pub fn end(&self, reason: &str) {
        self.cancel.cancel();
        // the run may be over already; then nobody listens
        let _ = self.news.send(Message::Ended(reason.into()));
    }

    /// Waits, for a bounded time, until no command is left.
    pub fn wait_for_commands(&self) {
        self.cancel.wait_until_ended(ENDING);
    }
}

impl Workers {
    /// `deadline` is that of the whole run.
    pub fn new(plan: Arc<Plan>, jobs: usize, deadline: Option<Instant>) -> Workers {
        Workers::with_answers(plan, jobs, deadline, Answers::new())
    }

    /// With what operators answered to manual checks.
    pub fn with_answers(plan: Arc<Plan>, jobs: usize, deadline: Option<Instant>, answers: Answers) -> Workers {
        let (queue, receiver) = unbounded();
        // bounded, so that what was seen does not pile up where judging is slower than looking
        let (sender, news) = bounded(NEWS);
        let redactor = Redactor::new(&plan.secrets);
        let answers = answers.into_iter().map(|(name, answer)| (name, Arc::new(answer))).collect();
        let shared = Shared {
            plan,
            redactor,
            answers,
            cancel: Cancel::new(),
            started: Instant::now(),
            jobs: receiver,
            news: sender,
        };
        Workers {
            shared: Arc::new(shared),
            queue,
            news,
            limit: jobs.max(1),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            threads: 0,
            waiting: 0,
            ended: 0,
            asked: Instant::now(),
            quick: Vec::new(),
            under_way: BTreeMap::new(),
            handed_over: 0,
            taken: VecDeque::new(),
            over: None,
            deadline,
        }
    }

    pub fn ender(&self) -> Ender {
        Ender { news: self.shared.news.clone(), cancel: self.shared.cancel.clone() }
    }

    /// Queues a batch. At first there are few workers: what is done at once gains nothing from more,
    /// and each thread costs time and memory.
    fn hand_over(&mut self, looks: Vec<usize>, pace: Pace) {
        if self.under_way.is_empty() {
            (self.ended, self.asked) = (0, Instant::now());
        }
        self.handed_over += 1;
        let job = Arc::new(Job {
            number: self.handed_over,
            looks,
            pace,
            seen: Mutex::default(),
            current: AtomicUsize::new(0),
            due: AtomicU64::new(0),
            given_up: AtomicBool::new(false),
        });
        self.waiting += usize::from(pace == Pace::Waits);
        self.under_way.insert(job.number, job.clone());
        // the receiver lives in `shared`, so sending cannot fail
        let _ = self.queue.send(job);
        // with more jobs than workers, nobody is idle
        if self.under_way.len() > self.threads && self.threads < self.processors {
            self.add_thread();
        }
    }

    /// A job is not under way any more. One that ends while it is given up may say so twice.
    fn left(&mut self, pace: Pace) {
        self.waiting = self.waiting.saturating_sub(usize::from(pace == Pace::Waits));
    }

    /// Twice the workers, if the ones there are wait for slow looks while others are queued.
    fn grow(&mut self) {
        if self.asked.elapsed() < GROW {
            return;
        }
        if self.ended < self.threads {
            (0..self.threads.min(self.shared.jobs.len())).for_each(|_| self.add_thread());
        }
        self.ended = 0;
        self.asked = Instant::now();
    }

    fn add_thread(&mut self) {
        if self.threads >= self.limit {
            return;
        }
        let shared = self.shared.clone();
        let spawned = std::thread::Builder::new().name("look".into()).spawn(move || work(&shared));
        self.threads += usize::from(spawned.is_ok());
    }

    fn flush(&mut self) {
        if self.quick.is_empty() {
            return;
        }
        let quick = std::mem::take(&mut self.quick);
        quick.chunks(BATCH).for_each(|batch| self.hand_over(batch.to_vec(), Pace::Quick));
    }

    /// While the workers have enough to do, nothing hurries: to be woken for each of their messages would take
    /// the processor from them.
    fn receive(&self, wait: Duration, busy: bool) -> Result<Message, RecvTimeoutError> {
        if !busy {
            return self.news.recv_timeout(wait);
        }
        self.news.try_recv().or_else(|_| {
            std::thread::sleep(wait);
            self.news.recv_timeout(Duration::ZERO)
        })
    }

    fn take(&mut self, job: &Job) {
        self.taken.extend(job.seen().drain(..));
    }

    /// What was seen before is told before the end.
    fn end(&mut self, reason: &str) {
        for job in self.under_way.values().cloned().collect::<Vec<_>>() {
            self.take(&job);
        }
        self.over = Some(reason.into());
    }

    /// Gives up what is overdue; answers the look that was stuck.
    fn overdue(&mut self) -> Option<(usize, Observation)> {
        let now = self.shared.started.elapsed().as_millis() as u64;
        let is_overdue = |job: &&Arc<Job>| (1..now).contains(&job.due.load(Ordering::Acquire));
        let job = self.under_way.values().find(is_overdue).cloned()?;
        self.under_way.remove(&job.number);
        let mut seen = job.seen();
        // under the lock: what the worker sees from now on, it keeps to itself
        job.given_up.store(true, Ordering::Release);
        self.taken.extend(seen.drain(..));
        drop(seen);
        self.left(job.pace);
        self.threads = self.threads.saturating_sub(1);
        let current = job.current.load(Ordering::Acquire).min(job.looks.len() - 1);
        let rest = job.looks[current + 1..].to_vec();
        if !rest.is_empty() {
            self.hand_over(rest, job.pace);
        } else if !self.shared.jobs.is_empty() {
            // what waits for a thread would wait for ever if all of them are stuck
            self.add_thread();
        }
        let look = job.looks[current];
        if self.taken.iter().any(|(taken, _)| *taken == look) {
            // it came back at the last moment
            return None;
        }
        let timeout = self.shared.plan.looks[look].timeout;
        let why = format!("timed out after {} and did not come back", crate::fact::duration::show(timeout));
        Some((
            look,
            Observation { seen: Seen::Refused(why), observed_at: crate::observe::now(), attempts: 1, elapsed: timeout },
        ))
    }
}

impl Observer for Workers {
    fn start(&mut self, look: usize) {
        match self.shared.plan.looks[look].probe.pace {
            Pace::Quick => self.quick.push(look),
            Pace::Waits => self.hand_over(vec![look], Pace::Waits),
        }
    }

    fn elapsed(&self) -> Duration {
        self.shared.started.elapsed()
    }

    fn next(&mut self) -> News {
        self.flush();
        loop {
            if let Some((look, observation)) = self.taken.pop_front() {
                return News::Seen(look, observation);
            }
            if let Some(reason) = self.over.take() {
                return News::Ended(reason);
            }
            if self.threads == 0
                && let Ok(job) = self.shared.jobs.try_recv()
            {
                // not even one thread could be had: look here, one after the other
                carry_out(&self.shared, &job);
            }
            let may_grow = self.waiting >= self.threads && self.threads < self.limit && !self.shared.jobs.is_empty();
            if may_grow {
                self.grow();
            }
            let tick = if may_grow { GROW } else { TICK };
            let wait =
                self.deadline.map_or(tick, |deadline| tick.min(deadline.saturating_duration_since(Instant::now())));
            match self.receive(wait, may_grow) {
                Ok(Message::Seen(job)) => self.take(&job),
                Ok(Message::Finished(job)) => {
                    self.left(job.pace);
                    self.ended += 1;
                    self.under_way.remove(&job.number);
                    self.take(&job);
                }
                Ok(Message::Ended(reason)) => self.end(&reason),
                Err(RecvTimeoutError::Timeout) if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) => {
                    self.end("the time for the whole run is over");
                    self.shared.cancel.cancel();
                }
                Err(RecvTimeoutError::Timeout) => {
                    let stuck = self.overdue();
                    self.taken.extend(stuck);
                }
                Err(RecvTimeoutError::Disconnected) => self.end("all workers are gone"),
            }
        }
    }
}

impl Drop for Workers {
    /// Nothing survives the run.
    fn drop(&mut self) {
        self.shared.cancel.cancel();
        self.shared.cancel.wait_until_ended(ENDING);
    }
}

fn work(shared: &Shared) {
    while let Ok(job) = shared.jobs.recv() {
        if !carry_out(shared, &job) {
            return;
        }
    }
}

/// Whether the worker is still wanted.
fn carry_out(shared: &Shared, job: &Arc<Job>) -> bool {
    let mut told = Instant::now();
    for (place, number) in job.looks.iter().enumerate() {
        if shared.cancel.is_cancelled() {
            return false;
        }
        job.current.store(place, Ordering::Release);
        let observation = look_with_retries(shared, job, &shared.plan.looks[*number]);
        let mut seen = job.seen();
        // what the cancellation cut short was not seen
        if job.given_up.load(Ordering::Acquire) || shared.cancel.is_cancelled() {
            return false;
        }
        seen.push((*number, observation));
        let many = seen.len().is_multiple_of(TELL.0);
        drop(seen);
        if place + 1 < job.looks.len() && (many || told.elapsed() > TELL.1) {
            if shared.news.send(Message::Seen(job.clone())).is_err() {
                return false;
            }
            told = Instant::now();
        }
    }
    job.due.store(0, Ordering::Release);
    job.current.store(job.looks.len(), Ordering::Release);
    shared.news.send(Message::Finished(job.clone())).is_ok()
}

fn look_with_retries(shared: &Shared, job: &Job, look: &Look) -> Observation {
    let started = Instant::now();
    let mut attempts = 0;
    loop {
        attempts += 1;
        let deadline = Instant::now() + look.timeout;
        let due = deadline + OVERRUN - shared.started;
        job.due.store(due.as_millis() as u64, Ordering::Release);
        let observed_at = crate::observe::now();
        let context =
            Context { timeout: look.timeout, deadline, cancel: shared.cancel.clone(), answer: answer(shared, look) };
        let mut seen = look_once(look, &context);
        shared.redactor.redact_seen(&mut seen);
        let wait = wait_before_next(shared, look, &seen, observed_at, attempts, started.elapsed());
        match wait {
            Some(wait) if !shared.cancel.is_cancelled() => {
                let until = Instant::now() + wait;
                job.due.store((until + OVERRUN - shared.started).as_millis() as u64, Ordering::Release);
                while Instant::now() < until && !shared.cancel.is_cancelled() {
                    std::thread::sleep(TICK.min(until.saturating_duration_since(Instant::now())));
                }
            }
            _ => return Observation { seen, observed_at, attempts, elapsed: started.elapsed() },
        }
    }
}

/// The latest answer to one of the checks that share the look.
fn answer(shared: &Shared, look: &Look) -> Option<Arc<answers::Answer>> {
    if shared.answers.is_empty() {
        return None;
    }
    let answers = look.checks.iter().filter_map(|check| shared.answers.get(&shared.plan.name(*check)));
    answers.max_by_key(|answer| answer.at).cloned()
}

/// A probe that panics could not see.
fn look_once(look: &Look, context: &Context) -> Seen<Values> {
    let observe = || (look.probe.observe)(&*look.target, look.wanted, context);
    catch_unwind(AssertUnwindSafe(observe)).unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or(panic.downcast_ref::<&str>().copied())
            .unwrap_or("no message");
        Seen::Refused(format!("the probe failed inside: {text}; please report this"))
    })
}

/// How long to wait before another attempt; `None` if this one is the last.
fn wait_before_next(
    shared: &Shared,
    look: &Look,
    seen: &Seen<Values>,
    observed_at: Moment,
    attempts: u32,
    elapsed: Duration,
) -> Option<Duration> {
    let retry = look.retry.as_ref()?;
    let answers = || {
        look.checks
            .iter()
            .filter_map(|check| shared.plan.checks[*check].outcomes.as_ref())
            .map(|outcomes| outcomes.judge(seen, observed_at).answer)
    };
    let again = match seen {
        Seen::Refused(_) => retry.for_unknown(),
        Seen::Unsupported(_) => false,
        _ => answers().any(|answer| match answer {
            Answer::Ok => false,
            Answer::Unknown => retry.for_unknown(),
            _ => retry.for_fail(),
        }),
    };
    if !again {
        return None;
    }
    let wait = match retry.r#for {
        Some(total) => {
            let every = retry.every.unwrap_or(Duration::from_secs(1));
            (elapsed.saturating_add(every) <= total).then_some(every)
        }
        None => (attempts < retry.attempts.unwrap_or(1))
            .then(|| retry.delay.saturating_mul(retry.backoff.saturating_pow(attempts - 1))),
    };
    wait.map(|wait| wait.min(LONGEST_TIMEOUT))
}

#[cfg(test)]
mod tests;
