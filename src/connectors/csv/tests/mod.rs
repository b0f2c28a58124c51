mod crm;
mod exports;
mod forms;
mod reading;
mod source;
