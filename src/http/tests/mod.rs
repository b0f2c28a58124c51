mod limits;
mod retries;
